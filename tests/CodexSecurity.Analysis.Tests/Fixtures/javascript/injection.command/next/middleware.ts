import { NextRequest, NextResponse } from 'next/server';
export function middleware(request: NextRequest) {
  if (request.nextUrl.pathname === '/old') return NextResponse.redirect(new URL('/new', request.url)); // safe: redirect.open
  return NextResponse.redirect(request.nextUrl.searchParams.get('to')); // expect: redirect.open
}
export const config = { matcher: ['/old'] };
