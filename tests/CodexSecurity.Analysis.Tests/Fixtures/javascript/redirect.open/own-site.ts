// The host that a client asked for: nobody sends others there. A parameter is a text of its own.
import express from 'express';
import { NextRequest, NextResponse } from 'next/server';
const app = express();

app.use((req, res, next) => {
  if (req.secure) return next();
  res.redirect(`https://${req.hostname}${req.originalUrl}`); // safe: redirect.open
});
app.get('/host', (req, res) => res.redirect('https://' + req.headers.host + '/home')); // safe: redirect.open
app.get('/joined', (req, res) => res.redirect('https://' + req.headers.host + req.query.to)); // expect: redirect.open
app.get('/other', (req, res) => res.redirect('https://' + req.headers['x-host'] + '/home')); // expect: redirect.open
app.listen(3000);

Bun.serve({
  async fetch(request: NextRequest) {
    const copy = request.nextUrl.clone();
    copy.pathname = '/login';
    if (request.nextUrl.pathname === '/a') return NextResponse.redirect(copy); // safe: redirect.open
    if (request.nextUrl.pathname === '/b') return NextResponse.redirect(new URL('/login', request.url)); // safe: redirect.open
    const { origin, searchParams } = new URL(request.url);
    if (request.nextUrl.pathname === '/c') return NextResponse.redirect(`${origin}/home`); // safe: redirect.open
    await fetch(`${origin}/api`); // safe: request-forgery.server-side
    await fetch(searchParams.get('from')); // expect: request-forgery.server-side
    if (request.nextUrl.pathname === '/d') return NextResponse.redirect(new URL(searchParams.get('to'), request.url)); // expect: redirect.open
    return NextResponse.redirect(request.nextUrl.searchParams.get('to')); // expect: redirect.open
  },
});
