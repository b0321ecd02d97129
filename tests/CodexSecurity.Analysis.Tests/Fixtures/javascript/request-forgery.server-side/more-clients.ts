import express from 'express';
import { chromium } from 'playwright';
import { ofetch } from 'ofetch';
import bent from 'bent';
import httpProxy from 'http-proxy';

const app = express(), proxy = httpProxy.createProxyServer(), json = bent('json');
app.use(express.json());
app.post('/', async (req, res) => {
  const browser = await chromium.launch(), context = await browser.newContext(), page = await context.newPage();
  await page.goto(req.body.url); // expect: request-forgery.server-side
  await page.goto('https://example.org/' + encodeURIComponent(req.body.url)); // safe: request-forgery.server-side
  await ofetch(req.body.url); // expect: request-forgery.server-side
  await json(req.body.url); // expect: request-forgery.server-side
  proxy.web(req, res, { target: req.body.url }); // expect: request-forgery.server-side
  proxy.web(req, res, { target: 'http://inner' }); // safe: request-forgery.server-side
});
