// Handlers that nothing here registers: another file of the application does, by a way that is not seen.
import { exec } from 'child_process';
import type { Request, Response } from 'express';
import type * as http from 'http';

class Tools {
  public ping(request: Request<{ host: string }>, answer: Response): void {
    exec('ping ' + request.query.host); // expect: injection.command
    answer.end();
  }

  public trace({ body }: Request, answer: Response): void {
    exec('traceroute ' + body.host); // expect: injection.command
    answer.end();
  }

  public raw(incoming: http.IncomingMessage, answer: http.ServerResponse): void {
    exec('echo ' + incoming.url); // expect: injection.command
    answer.end();
  }

  public other(first: Date, second: Response): void {
    exec('date ' + first.getTime()); // safe: injection.command
    second.end();
  }
}

const tools = new Tools();
setTimeout(() => tools.other(new Date(), null), 10);
