// Schemas: numbers, lists of words and identifiers hold no text of an attacker.
import express from 'express'; import { z } from 'zod'; import { exec } from 'child_process'; import * as yup from 'yup'; import Joi from 'joi';
const Inner = z.object({ q: z.string(), k: z.number().int() });
const S = z.object({ dir: z.string().min(1).max(10), n: z.coerce.number(), e: z.enum(['a', 'b']), u: z.string().uuid(), inner: Inner, list: z.array(Inner), tags: z.array(z.string()).optional(), o: z.boolean().default(false) }).strict();
const app = express();
app.post('/a', (req, res) => { const p = S.parse(req.body);
  exec('d ' + p.dir); // expect: injection.command
  exec('n ' + p.n); // safe: injection.command
  exec('e ' + p.e); // safe: injection.command
  exec('u ' + p.u); // safe: injection.command
  exec('k ' + p.inner.k); // safe: injection.command
  exec('q ' + p.inner.q); // expect: injection.command
  for (const x of p.list) { exec('lk ' + x.k); // safe: injection.command
    exec('lq ' + x.q); // expect: injection.command
  }
  p.tags?.forEach(t => exec('t ' + t)); // expect: injection.command
});
app.post('/b', (req, res) => { const r = S.extend({ more: z.string() }).safeParse(req.body); if (!r.success) return res.status(400).json(r.error);
  exec('m ' + r.data.more); // expect: injection.command
  exec('n ' + r.data.n); // safe: injection.command
  const { dir, e } = r.data;
  exec('dir ' + dir); // expect: injection.command
  exec('e ' + e); // safe: injection.command
});
const Y = yup.object({ d: yup.string().required(), n: yup.number() });
app.post('/c', async (req, res) => { const v = await Y.validate(req.body);
  exec('c ' + v.d); // expect: injection.command
  exec('c ' + v.n); // safe: injection.command
});
const J = Joi.object({ d: Joi.string().required(), n: Joi.number(), g: Joi.string().guid() }).options({});
app.post('/d', async (req, res) => { const { value, error } = J.validate(req.body); if (error) throw error;
  exec('c ' + value.d); // expect: injection.command
  exec('c ' + value.n); // safe: injection.command
  exec('c ' + value.g); // safe: injection.command
});
app.post('/e', async (req, res) => { const T = z.object({ a: z.string().transform(s => s + '!') }).passthrough(); const v = await T.parseAsync(req.body);
  exec('c ' + v.a); // expect: injection.command
  exec('c ' + v.other); // expect: injection.command
});
app.listen(1);
