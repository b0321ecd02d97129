// Remix and React Router.
import { json, redirect } from '@remix-run/node';
import { exec } from 'child_process';
export async function loader({ request, params }) {
  const url = new URL(request.url);
  exec('ls ' + url.searchParams.get('dir')); // expect: injection.command
  exec('ls ' + params.id); // expect: injection.command
  return redirect(url.searchParams.get('next')); // expect: redirect.open
}
export const action = async ({ request }) => {
  const form = await request.formData();
  exec('ls ' + form.get('dir')); // expect: injection.command
  return json({});
};
export default function Route() { return <div/>; }
