// The certified OIDC provider, dressed as the Auth0 tenant that the templates name.
//
// Configuration comes as one JSON line on stdin, events leave as JSON lines on stdout, and the process
// ends when stdin does: it cannot outlive the local cloud. Keys and codes exist in memory only.
import { createInterface } from 'node:readline';
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';

import { OneTimeCodes } from './one_time_codes.mjs';
import { passwordlessGrant, passwordlessStart } from './passwordless.mjs';
import { signInPages } from './sign_in_pages.mjs';

const TAGS_CLAIM = 'https://aws.amazon.com/tags';
const ROLES_CLAIM = 'https://aws.amazon.com/roles';
const TOKEN_SECONDS = 3600;

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

/** Auth0 names a passwordless person `email|<24 hex digits>`; ours are derived, so a restart keeps people. */
const subjectOf = (email) =>
  `email|${createHash('sha256').update(email.trim().toLowerCase()).digest('hex').slice(0, 24)}`;

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(12).toString('hex'), use: 'sig', alg: 'RS256' };
}

/** Auth0 issues JWT access tokens for an API that it calls audience and OAuth calls a resource. */
const apiLookup = (audience) => (resource) => {
  if (resource !== audience) throw new errors.InvalidTarget();
  return {
    audience, scope: 'openid email', accessTokenFormat: 'jwt', accessTokenTTL: TOKEN_SECONDS, jwt: { sign: { alg: 'RS256' } },
  };
};

function configuration({ audience, clientIds, roleArn }, apiOf) {
  return {
    clients: clientIds.map((id) => ({
      client_id: id,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['http://127.0.0.1/callback', `example.soulpicks.app://${id}/callback`],
      grant_types: ['authorization_code', 'http://auth0.com/oauth/grant-type/passwordless/otp'],
      response_types: ['code'],
    })),
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    routes: { authorization: '/authorize', token: '/oauth/token', jwks: '/.well-known/jwks.json', userinfo: '/userinfo' },
    scopes: ['openid', 'email'],
    claims: { openid: ['sub'], email: ['email'] },
    ttl: {
      AccessToken: TOKEN_SECONDS, AuthorizationCode: 60, Grant: TOKEN_SECONDS, IdToken: TOKEN_SECONDS,
      Interaction: 600, Session: TOKEN_SECONDS,
    },
    pkce: { required: () => true },
    interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => apiOf(resource),
      },
    },
    // What the tenant's Action adds: policies/auth0/add_user_tag.js.
    formats: {
      customizers: {
        jwt: (_, token, jwt) => {
          const user = jwt.payload.sub.replaceAll('|', ':');
          jwt.payload.azp = token.clientId;
          jwt.payload[TAGS_CLAIM] = { principal_tags: { user: [user] }, transitive_tag_keys: ['user'] };
          jwt.payload[ROLES_CLAIM] = [roleArn];
          delete jwt.payload.client_id;
        },
      },
    },
  };
}

function serve(options) {
  const codes = new OneTimeCodes((email, code, seconds) => say({ event: 'code', email, code, seconds }));
  const apiOf = apiLookup(options.audience);
  const provider = new Provider(options.issuer, configuration(options, apiOf));
  passwordlessGrant(provider, { codes, subjectOf, apiOf });
  provider.use(passwordlessStart(codes, options));
  provider.use(signInPages(provider, { codes, subjectOf, audience: options.audience }));
  provider.on('server_error', (_, error) => say({ event: 'error', message: String(error.stack ?? error) }));
  const server = createServer(
    { cert: readFileSync(options.chain), key: readFileSync(options.key), minVersion: 'TLSv1.2' },
    provider.callback(),
  );
  server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }));
}

const lines = createInterface({ input: process.stdin });
lines.once('line', (line) => serve(JSON.parse(line)));
lines.on('close', () => process.exit(0));
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal group; the local cloud ends us in order.
