import express from 'express';
import { list, numbered } from '@lib/shell';
import { start } from 'tools';
import { find } from 'src/lib/find';
import { stop } from '@/lib/stop';

const app = express();
app.get('/list', (req, res) => { list(req.query.folder as string); res.end(); });
app.get('/number', (req, res) => { numbered(req.query.id as string); res.end(); });
app.get('/start', (req, res) => { start(req.query.name as string); res.end(); });
app.get('/find', (req, res) => { find(req.query.name as string); res.end(); });
app.get('/stop', (req, res) => { stop(req.query.name as string); res.end(); });
app.listen(3000);
