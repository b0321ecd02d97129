// Nest's client for requests, as it is injected.
import { Controller, Get, Query } from '@nestjs/common';
import { HttpService } from '@nestjs/axios';

@Controller('proxy')
class Proxy {
  constructor(private readonly http: HttpService) {}

  @Get()
  fetch(@Query('url') url: string) {
    return this.http.get(url); // expect: request-forgery.server-side
  }

  @Get('item')
  item(@Query('id') id: string) {
    return this.http.get('https://items.example/' + encodeURIComponent(id)); // safe: request-forgery.server-side
  }
}
