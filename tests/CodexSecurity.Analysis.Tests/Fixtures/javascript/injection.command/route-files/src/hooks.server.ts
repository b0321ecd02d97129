import { exec } from 'child_process';
export async function handle({ event, resolve }) {
  exec('ls ' + event.url.searchParams.get('dir')); // expect: injection.command
  return resolve(event);
}
