import express from 'express';
import postgres from 'postgres';
import { sql } from 'drizzle-orm';
import { Kysely, sql as raw } from 'kysely';
import { createClient } from '@libsql/client';

const app = express(), pg = postgres('postgres://db'), libsql = createClient({ url: 'file:x' });
export function routes(database: any, kysely: Kysely<any>) {
  app.get('/', async (req, res) => {
    const q = req.query.q as string;
    await database.execute(sql.raw('select ' + q)); // expect: injection.sql
    await database.execute(sql`select ${q}`); // safe: injection.sql
    await raw.raw('select ' + q).execute(kysely); // expect: injection.sql
    await pg.unsafe('select ' + q); // expect: injection.sql
    await pg.unsafe('select $1', [q]); // safe: injection.sql
    await pg`select ${q}`; // safe: injection.sql
    await libsql.execute('select ' + q); // expect: injection.sql
    await libsql.execute({ sql: 'select ' + q, args: [] }); // expect: injection.sql
    await libsql.execute({ sql: 'select ?', args: [q] }); // safe: injection.sql
    res.end();
  });
}
