// What a constructor takes is made of the class that its type names.
import { Controller, Get, Query } from '@nestjs/common';
import { EntityManager } from '@mikro-orm/postgresql';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Cat } from './cat';

@Controller('cats')
class Cats {
  constructor(@InjectRepository(Cat) private readonly cats: Repository<Cat>, private readonly manager: EntityManager) {}

  @Get('named')
  named(@Query('name') name: string) {
    return this.cats.query(`select * from cats where name = '${name}'`); // expect: injection.sql
  }

  @Get('older')
  older(@Query('age') age: string) {
    return this.manager.getConnection().execute('select * from cats where age > ' + age); // expect: injection.sql
  }

  @Get('bound')
  bound(@Query('age') age: string) {
    return this.manager.getConnection().execute('select * from cats where age > ?', [age]); // safe: injection.sql
  }
}
