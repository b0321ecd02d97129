// Astro.
import { exec } from 'child_process';
export async function GET({ params, request, url }) {
  exec('ls ' + params.name); // expect: injection.command
  exec('ls ' + url.searchParams.get('dir')); // expect: injection.command
  exec('ls ' + (await request.text())); // expect: injection.command
}
