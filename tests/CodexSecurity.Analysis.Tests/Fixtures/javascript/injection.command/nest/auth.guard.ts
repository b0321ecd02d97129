import { CanActivate, ExecutionContext, createParamDecorator } from '@nestjs/common';
import { exec } from 'child_process';

export class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    exec('check ' + request.headers.authorization); // expect: injection.command
    return true;
  }
}

export const Client = createParamDecorator((field: string, context: ExecutionContext) => context.switchToHttp().getRequest().query[field]);
