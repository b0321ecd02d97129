// On Fastify, text that a controller returns is text/plain until it says otherwise.
import { Controller, Get, Header, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

@Controller()
class Pages {
  @Get('text')
  text(@Query('name') name: string) {
    return `<p>${name}</p>`; // safe: xss.html
  }

  @Get('page')
  @Header('content-type', 'text/html')
  page(@Query('name') name: string) {
    return `<p>${name}</p>`; // expect: xss.html
  }
}

NestFactory.create(Pages, new FastifyAdapter());
