import { exec } from 'child_process';
export const stop = (name: string) => exec('stop ' + name); // expect: injection.command
