import type { NextApiRequest, NextApiResponse } from 'next';
import { exec } from 'child_process';
export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  const { dir } = req.query;
  exec('ls ' + dir); // expect: injection.command
  res.redirect(req.query.next as string); // expect: redirect.open
}
