// Auth0's passwordless endpoints: https://auth0.com/docs/api/authentication/passwordless/get-code-or-link
import { errors } from 'oidc-provider';

import { readBody } from './body.mjs';

const GRANT_TYPE = 'http://auth0.com/oauth/grant-type/passwordless/otp';
const ADDRESS = /^[^\s@]{1,64}@[^\s@]{1,190}$/;

export const addressOf = (value) => {
  const email = String(value ?? '').trim().toLowerCase();
  return ADDRESS.test(email) ? email : undefined;
};

/** POST /passwordless/start: send a one-time code. */
export const passwordlessStart = (codes, { clientIds }) => async (ctx, next) => {
  if (ctx.path !== '/passwordless/start' || ctx.method !== 'POST') return next();
  const refuse = (error, description) => {
    ctx.status = 400;
    ctx.body = { error, error_description: description };
  };
  let body;
  try {
    body = JSON.parse(await readBody(ctx.req));
  } catch {
    return refuse('bad.request', 'the body must be JSON');
  }
  if (!clientIds.includes(body.client_id)) return refuse('invalid_client', 'unknown client_id');
  if (body.connection !== 'email') return refuse('bad.connection', 'connection must be "email"');
  if ((body.send ?? 'code') !== 'code') return refuse('bad.send', 'only codes are sent, no links');
  const email = addressOf(body.email);
  if (!email) return refuse('bad.email', 'email must be an address');
  codes.send(email);
  ctx.body = { email };
};

/** The grant that exchanges the code for an access token of the API. */
export function passwordlessGrant(provider, { codes, subjectOf, apiOf }) {
  const parameters = ['username', 'otp', 'realm', 'audience', 'scope'];
  provider.registerGrantType(GRANT_TYPE, async (ctx) => {
    const { client, params } = ctx.oidc;
    const api = apiOf(params.audience);
    const email = addressOf(params.username);
    if (params.realm !== 'email' || !email || !codes.redeem(email, String(params.otp ?? ''))) {
      throw new errors.InvalidGrant('wrong email or verification code');
    }
    const token = new provider.AccessToken({ accountId: subjectOf(email), client, gty: 'passwordless', scope: api.scope });
    token.resourceServer = new provider.ResourceServer(params.audience, api);
    ctx.oidc.entity('AccessToken', token);
    ctx.body = {
      access_token: await token.save(), token_type: token.tokenType, expires_in: token.expiration, scope: token.scope,
    };
  }, parameters);
}
