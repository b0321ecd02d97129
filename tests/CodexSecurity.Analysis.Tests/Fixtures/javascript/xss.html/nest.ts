// What a controller's method returns is sent: text as a page, an object as JSON.
import { Catch, Controller, Get, Header, Query, Render, Res, ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Response } from 'express';

@Controller()
export class Pages {
  @Get('text')
  text(@Query('name') name: string): string {
    return `<p>${name}</p>`; // expect: xss.html
  }

  @Get('json')
  json(@Query('name') name: string) {
    return { name }; // safe: xss.html
  }

  @Get('plain')
  @Header('Content-Type', 'text/plain')
  plain(@Query('name') name: string): string {
    return `Hello ${name}`; // safe: xss.html
  }

  @Get('response')
  response(@Query('name') name: string, @Res() response: Response) {
    response.send('<p>' + name); // expect: xss.html
  }

  @Get('view')
  @Render('page')
  view(@Query('name') name: string) {
    return `page ${name}`; // safe: xss.html
  }

  @Get('broken')
  broken(@Query('name') name: string) {
    throw new Error('no ' + name);
  }
}

@Catch()
export class Filter implements ExceptionFilter {
  catch(exception: Error, host: ArgumentsHost) {
    host.switchToHttp().getResponse<Response>().status(500).send(exception.message); // expect: xss.html
  }
}
