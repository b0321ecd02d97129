import db from '../db';
import { exec } from 'child_process';
export async function getServerSideProps({ query, params, req }) {
  exec('ls ' + query.dir); // expect: injection.command
  return { props: { html: query.q } };
}
export default function Page({ html }) {
  return <div dangerouslySetInnerHTML={{ __html: html }} />; // expect: xss.html
}
