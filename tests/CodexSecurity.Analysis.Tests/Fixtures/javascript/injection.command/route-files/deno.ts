import { exec } from 'child_process';
Deno.serve({ port: 1 }, async (request) => { exec('ls ' + (await request.text())); }); // expect: injection.command
