import { exec } from 'child_process';
export function list(folder: string) {
  exec('ls ' + folder); // expect: injection.command
}
export function numbered(id: string) {
  exec('ls ' + Number(id)); // safe: injection.command
}
