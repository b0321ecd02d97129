// A worker.
export default { async fetch(request, env, ctx) { const url = new URL(request.url); const n = url.searchParams.get('n');
  await env.DB.prepare(`SELECT * FROM t WHERE n = '${n}'`).all(); // expect: injection.sql
  await fetch(url.searchParams.get('u')); // expect: request-forgery.server-side
  return new Response('<b>' + n, { headers: { 'content-type': 'text/html' } }); } }; // expect: xss.html
