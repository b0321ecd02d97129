// The methods of a controller get what the decorators of their parameters take from the request; its constructor gets the services that it names.
import { Body, Controller, Get, Param, ParseIntPipe, Post, Query, Req, UseGuards, applyDecorators } from '@nestjs/common';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { exec } from 'child_process';
import type { Request } from 'express';
import { AuthGuard, Client } from './auth.guard';
import { ToolsService } from './tools.service';

const Guarded = () => applyDecorators(UseGuards(AuthGuard));

@Controller('tools')
export class ToolsController {
  constructor(private readonly tools: ToolsService) {}

  @Get('ping')
  ping(@Query('host') host: string) {
    this.tools.ping(host);
  }

  @Post()
  @Guarded()
  async run(@Body() { command }: { command: string }) {
    exec(command); // expect: injection.command
  }

  @Get('raw')
  raw(@Req() request: Request) {
    exec('trace ' + request.query.host); // expect: injection.command
  }

  @Get('own')
  own(@Client('host') host: string) {
    exec('trace ' + host); // expect: injection.command
  }

  @MessagePattern('ping')
  message(@Payload() data: { host: string }) {
    exec('trace ' + data.host); // expect: injection.command
  }
}

@Resolver()
export class ToolsResolver {
  @Mutation(() => String)
  trace(@Args('host') host: string) {
    exec('trace ' + host); // expect: injection.command
  }
}

// Nobody outside can name it: only the framework calls it.
@Controller('numbers')
class Numbers {
  @Get('count/:id')
  count(@Param('id', ParseIntPipe) id: number) {
    exec('count ' + id); // safe: injection.command
  }

  unused(host: string) {
    exec('trace ' + host); // safe: injection.command
  }
}
