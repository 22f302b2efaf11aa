/**
 * Auth0 Action, trigger post-login: names the person and the one role to AWS.
 *
 * STS makes a session tag of the first claim, and every policy of the role UserData speaks of that tag. A tag
 * value may not hold the "|" of Auth0's subject, so it is written ":". The functions refuse a token whose tag is
 * not its own subject, so what stands here decides who a session is; it takes nothing from the request.
 *
 * The second claim lists the roles that the token may take at STS. It names UserData alone: the ARN is the
 * Action's secret USER_DATA_ROLE_ARN (README.md), and without it nobody signs in.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_sts.html
 * https://auth0.com/docs/customize/actions/explore-triggers/signup-and-login-triggers/login-trigger/post-login-api-object
 */
exports.onExecutePostLogin = async (event, api) => {
  const user = event.user.user_id;
  if (!/^[A-Za-z0-9_.=+@-]+\|[A-Za-z0-9_.=+@-]+$/.test(user) || user.length > 128) {
    api.access.deny("this kind of account cannot be used here");
    return;
  }
  const role = event.secrets.USER_DATA_ROLE_ARN;
  if (!/^arn:aws:iam::[0-9]{12}:role\/soulpicks-[a-z0-9-]+-UserData$/.test(role)) {
    api.access.deny("sign-in is not set up: USER_DATA_ROLE_ARN is not the role of this environment");
    return;
  }
  api.accessToken.setCustomClaim("https://aws.amazon.com/tags", {
    principal_tags: { user: [user.replace("|", ":")] },
    transitive_tag_keys: ["user"],
  });
  api.accessToken.setCustomClaim("https://aws.amazon.com/roles", [role]);
};
