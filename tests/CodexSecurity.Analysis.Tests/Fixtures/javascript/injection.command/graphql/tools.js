import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { exec } from 'child_process';
import { makeExecutableSchema } from '@graphql-tools/schema';
const schema = makeExecutableSchema({ typeDefs: '', resolvers: { Query: { run(_, { dir }) { exec('ls ' + dir); } } } }); // expect: injection.command
const server = new ApolloServer({ schema });
startStandaloneServer(server);
