const { graphqlHTTP } = require('express-graphql');
const { buildSchema, GraphQLObjectType, GraphQLString, GraphQLSchema } = require('graphql');
const { exec } = require('child_process');
const app = require('express')();
const root = { run: ({ dir }) => { exec('ls ' + dir); } }; // expect: injection.command
app.use('/g', graphqlHTTP({ schema: buildSchema('type Query { run(dir: String): String }'), rootValue: root }));
const Q = new GraphQLObjectType({ name: 'Q', fields: { hi: { type: GraphQLString, args: {}, resolve(p, args) { exec('ls ' + args.x); } } } }); // expect: injection.command
const Q2 = new GraphQLObjectType({ name: 'Q2', fields: () => ({ hi: { type: GraphQLString, resolve: (p, { x }) => exec('ls ' + x) } }) }); // expect: injection.command
app.use('/h', graphqlHTTP({ schema: new GraphQLSchema({ query: Q, mutation: Q2 }) }));
