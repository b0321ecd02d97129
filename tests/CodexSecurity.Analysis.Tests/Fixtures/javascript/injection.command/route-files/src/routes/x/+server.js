// SvelteKit.
import { exec } from 'child_process';
import { redirect } from '@sveltejs/kit';
export async function GET({ url, params }) {
  exec('ls ' + url.searchParams.get('dir')); // expect: injection.command
  exec('ls ' + params.id); // expect: injection.command
  return new Response('<b>' + url.searchParams.get('n'), { headers: { 'Content-Type': 'text/html' } }); // expect: xss.html
}
export async function POST({ request }) {
  const { dir } = await request.json();
  exec('ls ' + dir); // expect: injection.command
  throw redirect(303, dir); // expect: redirect.open
}
