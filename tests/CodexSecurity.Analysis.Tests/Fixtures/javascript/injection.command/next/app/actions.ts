'use server';
import { exec } from 'child_process';
export async function run(formData: FormData) {
  exec('ls ' + formData.get('dir')); // expect: injection.command
}
