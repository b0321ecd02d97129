import { initTRPC } from '@trpc/server';
import { z } from 'zod';
import { exec } from 'child_process';
const t = initTRPC.create();
export const appRouter = t.router({
  run: t.procedure.input(z.object({ dir: z.string() })).query(({ input }) => { exec('ls ' + input.dir); }), // expect: injection.command
  save: t.procedure.input(z.string()).mutation(async (opts) => { exec('ls ' + opts.input); }), // expect: injection.command
});
