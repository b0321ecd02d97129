// What a user writes behind the program's name, as the libraries for it hand it on.
const { exec } = require('child_process');
const { parseArgs } = require('util');
const { program, Command } = require('commander');
const yargs = require('yargs/yargs');
const { hideBin } = require('yargs/helpers');
const meow = require('meow');
const cac = require('cac');
const minimist = require('minimist');
const nopt = require('nopt');
const arg = require('arg');

program
  .option('-n, --name <name>')
  .argument('<folder>')
  .action((folder, options) => {
    exec('ls ' + folder); // expect: injection.command
    exec('echo ' + options.name); // expect: injection.command
    exec('ls ' + (options.all ? '-a' : '-l')); // safe: injection.command
  })
  .parse();

const tool = new Command('tool').version('1.0.0').parse(process.argv);
exec('ls ' + tool.args[0]); // expect: injection.command
exec('ls ' + tool.opts().folder); // expect: injection.command

const argv = yargs(hideBin(process.argv)).option('name', { type: 'string' }).strict().parse();
exec('ls ' + argv.name); // expect: injection.command
exec('ls ' + argv._[0]); // expect: injection.command
exec('ls ' + Number(argv.depth)); // safe: injection.command

require('yargs').command('go <folder>', 'goes', y => y, a => {
  exec('ls ' + a.folder); // expect: injection.command
}).argv;

const cli = meow('help', { flags: { name: { type: 'string' } } });
exec('ls ' + cli.flags.name); // expect: injection.command
exec('ls ' + cli.input[0]); // expect: injection.command

const maker = cac('make');
maker.command('build <entry>').option('--out <folder>').action((entry, options) => {
  exec('ls ' + entry); // expect: injection.command
  exec('ls ' + options.out); // expect: injection.command
});
maker.parse();

const { values, positionals } = parseArgs({ allowPositionals: true });
exec('ls ' + values.name); // expect: injection.command
exec('ls ' + positionals[0]); // expect: injection.command

exec('ls ' + nopt({}, {}).name); // expect: injection.command
exec('ls ' + nopt({}, {}, process.argv, 2).name); // expect: injection.command
exec('ls ' + arg({ '--name': String })['--name']); // expect: injection.command
exec('ls ' + require('optimist').argv.name); // expect: injection.command
exec('ls ' + require('command-line-args')([{ name: 'name' }]).name); // expect: injection.command

// What it reads is what it was given.
exec('ls ' + nopt({}, {}, ['--name', 'x'], 0).name); // safe: injection.command
const fixed = minimist(['--name', 'x']);
exec('ls ' + fixed.name); // safe: injection.command
