import { exec } from 'child_process';
export async function load({ url, params, cookies }) { exec('ls ' + params.slug); } // expect: injection.command
export const actions = {
  default: async ({ request }) => {
    const data = await request.formData();
    exec('ls ' + data.get('dir')); // expect: injection.command
  }
};
