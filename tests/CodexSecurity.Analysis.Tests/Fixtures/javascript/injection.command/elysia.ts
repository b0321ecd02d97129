import { Elysia } from 'elysia'; import { exec } from 'child_process';
new Elysia().get('/x/:id', ({ params, query }) => { exec('ls ' + params.id); }).post('/y', ({ body }) => { exec('ls ' + body.dir); }).listen(1); // expect: injection.command
