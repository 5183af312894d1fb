"""Single sign-on and the second factor, by django-allauth.

Nothing but `conf` is imported unless GATERHUB_SSO_ISSUER or GATERHUB_MFA is set.
"""
