// Objects that containers make and hand to whoever asks.
import 'reflect-metadata';
import express from 'express';
import { exec } from 'child_process';
import { container, injectable, inject, singleton } from 'tsyringe';
import { Container, injectable as given, inject as take } from 'inversify';
import { Service, Inject, Container as Typed } from 'typedi';
import { Controller, Get, Query, Module, Inject as Provided } from '@nestjs/common';

const app = express();

@injectable()
class List {
  run(folder: string) { exec('ls ' + folder); } // expect: injection.command
}
@injectable()
class Counted {
  run(count: number) { exec('head -n ' + Number(count)); } // safe: injection.command
}
class Named {
  run(name: string) { exec('find ' + name); } // expect: injection.command
}
@singleton()
class Files {
  constructor(private list: List, private counted: Counted, @inject('named') private named: Named) {}
  go(text: string) { this.list.run(text); this.counted.run(text as any); this.named.run(text); }
}
container.register('named', { useClass: Named });
app.get('/files', (req, res) => { container.resolve(Files).go(req.query.text as string); });

@given()
class Stop {
  run(id: string) { exec('kill ' + id); } // expect: injection.command
}
@given()
class Jobs {
  constructor(@take('stop') private stop: Stop) {}
  go(id: string) { this.stop.run(id); }
}
const jobs = new Container();
jobs.bind(Jobs).toSelf();
jobs.bind<Stop>('stop').to(Stop).inSingletonScope();
app.get('/jobs', (req, res) => { jobs.get<Jobs>(Jobs).go(req.query.id as string); });

@Service()
class Start {
  run(name: string) { exec('start ' + name); } // expect: injection.command
}
@Service()
class Services {
  @Inject() start!: Start;
  go(name: string) { this.start.run(name); }
}
app.get('/services', (req, res) => { Typed.get(Services).go(req.query.name as string); });
app.listen(3000);

class Copy {
  run(file: string) { exec('cp ' + file); } // expect: injection.command
}
@Controller('copies')
class Copies {
  @Provided('copy') private readonly copy: any;
  @Get() make(@Query('file') file: string) { this.copy.run(file); }
}
@Module({ controllers: [Copies], providers: [{ provide: 'copy', useFactory: () => new Copy() }] })
export class Main {}
