import { createYoga, createSchema } from 'graphql-yoga';
import { createServer } from 'http';
import { exec } from 'child_process';
const yoga = createYoga({ schema: createSchema({ typeDefs: ``, resolvers: { Query: { hello: (_, { name }) => exec('ls ' + name) } } }) }); // expect: injection.command
createServer(yoga).listen(4000);
