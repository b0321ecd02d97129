import { exec } from 'child_process';
export const start = (name: string) => exec('start ' + name); // expect: injection.command
