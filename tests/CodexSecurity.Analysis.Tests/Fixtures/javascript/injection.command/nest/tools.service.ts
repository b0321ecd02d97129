import { Injectable } from '@nestjs/common';
import { exec } from 'child_process';
import { Log } from './log';

@Injectable()
export class ToolsService {
  constructor(private readonly log: Log) {}

  ping(host: string) {
    exec('ping ' + host); // expect: injection.command
    this.log.write(host);
  }
}
