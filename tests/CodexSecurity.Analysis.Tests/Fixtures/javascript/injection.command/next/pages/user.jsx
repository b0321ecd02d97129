import db from '../db';
import { exec } from 'child_process';
export async function getServerSideProps({ query, params, req }) {
  exec('ls ' + query.dir); // expect: injection.command
  return { props: { html: query.q } };
}
export function Form() {
  async function save(form) {
    'use server';
    exec('ls ' + form.get('dir')); // expect: injection.command
  }
  return <form action={save} />;
}
export default function Page({ html }) {
  return <div dangerouslySetInnerHTML={{ __html: html }} />; // expect: xss.html
}
