import { exec } from 'child_process';
import { NextRequest, NextResponse } from 'next/server';
export async function GET(request: NextRequest, { params }: { params: { id: string } }) {
  exec('ls ' + request.nextUrl.searchParams.get('dir')); // expect: injection.command
  exec('ls ' + params.id); // expect: injection.command
  return new NextResponse('<b>' + request.nextUrl.searchParams.get('n'), { headers: { 'content-type': 'text/html' } }); // expect: xss.html
}
export async function POST(request: Request) {
  const { dir } = await request.json();
  exec('ls ' + dir); // expect: injection.command
  const { searchParams } = new URL(request.url);
  return NextResponse.redirect(searchParams.get('next')!); // expect: redirect.open
}
