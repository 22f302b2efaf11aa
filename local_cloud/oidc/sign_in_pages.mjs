// The two pages of an authorization code sign-in: an address, then the one-time code.
import { readBody } from './body.mjs';
import { addressOf } from './passwordless.mjs';

const PATH = /^\/sign-in\/[\w-]{1,64}$/;

const escaped = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (form) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
<h1>Sign in</h1><p>This is the local environment: codes are printed where it runs, never e-mailed.</p>
<form method="post">${form}<button>Continue</button></form></html>`;

const askAddress = page('<label>E-mail <input name="email" type="email" required autofocus></label>');

const askCode = (email, note = '') => page(`${note}<input type="hidden" name="email" value="${escaped(email)}">
<label>Code for ${escaped(email)} <input name="code" inputmode="numeric" pattern="[0-9]{6}" required autofocus></label>`);

/** Nobody is asked for consent: the apps of the tenant are the company's own. */
async function grantEverything(provider, { clientId, accountId, audience }) {
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope('openid email');
  grant.addResourceScope(audience, 'openid email');
  return grant.save();
}

/** GET and POST /sign-in/{uid}. */
export const signInPages = (provider, { codes, subjectOf, audience }) => async (ctx, next) => {
  if (!PATH.test(ctx.path)) return next();
  const interaction = await provider.interactionDetails(ctx.req, ctx.res);
  ctx.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  ctx.type = 'html';
  if (ctx.method !== 'POST') {
    ctx.body = askAddress;
    return undefined;
  }
  const form = new URLSearchParams(await readBody(ctx.req));
  const email = addressOf(form.get('email'));
  if (!email) {
    ctx.body = askAddress;
  } else if (!form.has('code')) {
    codes.send(email);
    ctx.body = askCode(email);
  } else if (!codes.redeem(email, form.get('code'))) {
    ctx.body = askCode(email, '<p>That code does not work.</p>');
  } else {
    const accountId = subjectOf(email);
    const grantId = await grantEverything(provider, { clientId: interaction.params.client_id, accountId, audience });
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId }, consent: { grantId } });
  }
  return undefined;
};
