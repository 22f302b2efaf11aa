/**
 * Auth0 Action, trigger post-login: names the person to AWS.
 *
 * STS makes a session tag of this claim, and every policy of the role UserData speaks of that tag. A tag value
 * may not hold the "|" of Auth0's subject, so it is written ":". The functions refuse a token whose tag is not
 * its own subject, so what stands here decides who a session is; it takes nothing from the request.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
 * https://auth0.com/docs/customize/actions/explore-triggers/signup-and-login-triggers/login-trigger/post-login-api-object
 */
exports.onExecutePostLogin = async (event, api) => {
  const user = event.user.user_id;
  if (!/^[A-Za-z0-9_.=+@-]+\|[A-Za-z0-9_.=+@-]+$/.test(user) || user.length > 128) {
    api.access.deny("this kind of account cannot be used here");
    return;
  }
  api.accessToken.setCustomClaim("https://aws.amazon.com/tags", {
    principal_tags: { user: [user.replace("|", ":")] },
    transitive_tag_keys: ["user"],
  });
};
