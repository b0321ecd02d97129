import { execSync } from 'child_process';

export class Log {
  write(line: string) {
    execSync('logger ' + line); // expect: injection.command
  }
}
