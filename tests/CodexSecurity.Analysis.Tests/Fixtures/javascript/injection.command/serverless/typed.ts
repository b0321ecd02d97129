import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { exec } from 'child_process';
export const handler = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
  const { dir } = JSON.parse(event.body ?? '{}');
  exec(`ls ${dir}`); // expect: injection.command
  exec(`ls ${event.pathParameters?.id}`); // expect: injection.command
  return { statusCode: 302, headers: { Location: event.queryStringParameters!.next! }, body: '' }; // expect: redirect.open
};
