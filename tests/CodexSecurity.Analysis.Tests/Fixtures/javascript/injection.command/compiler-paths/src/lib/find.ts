import { exec } from 'child_process';
export const find = (name: string) => exec('find ' + name); // expect: injection.command
