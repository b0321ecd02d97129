const { ApolloServer, gql } = require('apollo-server');
const { exec } = require('child_process');
const typeDefs = gql`type Query { run(dir: String): String }`;
const resolvers = {
  Query: { run: (parent, args, context) => { exec('ls ' + args.dir); } }, // expect: injection.command
  Mutation: { save: async (_, { input }) => { exec('ls ' + input.dir); } }, // expect: injection.command
};
new ApolloServer({ typeDefs, resolvers }).listen();
