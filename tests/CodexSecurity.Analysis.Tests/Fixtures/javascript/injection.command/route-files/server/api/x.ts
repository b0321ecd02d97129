// Nuxt: the functions of h3 are globals.
import { exec } from 'child_process';
export default defineEventHandler(async (event) => {
  const { dir } = getQuery(event);
  exec('ls ' + dir); // expect: injection.command
  const body = await readBody(event);
  exec('ls ' + body.dir); // expect: injection.command
  exec('ls ' + getRouterParam(event, 'id')); // expect: injection.command
  exec('ls ' + event.context.params.name); // expect: injection.command
  return sendRedirect(event, dir); // expect: redirect.open
});
