#!/usr/bin/env python3
"""Records how openstacksdk reads the files in CASES, as a reference for the client's own reader.

    python3 -m venv venv && venv/bin/pip install openstacksdk
    venv/bin/python generate.py > cases.json
"""

import json
import os
import tempfile
import warnings
from importlib.metadata import version

from openstack.config import OpenStackConfig

warnings.simplefilter("ignore")

AUTH = "auth: {auth_url: 'https://iam.example.com/v3', username: u, password: p, user_domain_name: d, project_name: eu-de}"

# name: (cloud, region that is asked for, clouds.yaml, secure.yaml, clouds-public.yaml)
CASES = {
    "plain": ("c", None, f"clouds: {{c: {{region_name: eu-de, {AUTH}}}}}", None, None),
    "several regions, the first is taken": ("c", None, f"clouds: {{c: {{regions: [eu-nl, eu-de], {AUTH}}}}}", None, None),
    "several regions, one is asked for": ("c", "eu-de", f"clouds: {{c: {{regions: [eu-nl, eu-de], {AUTH}}}}}", None, None),
    "several regions beside a region": (
        "c", None, f"clouds: {{c: {{region_name: eu-de, regions: [eu-nl, eu-de], {AUTH}}}}}", None, None),
    "regions with values": (
        "c", None,
        f"""
clouds:
  c:
    regions:
    - name: eu-nl
      values:
        auth: {{project_name: eu-nl_team}}
        cacert: /nl.pem
    - name: eu-de
    {AUTH}
""", None, None),
    "regions with values, another one": (
        "c", "eu-de",
        f"""
clouds:
  c:
    cacert: /all.pem
    regions:
    - {{name: eu-nl, values: {{cacert: /nl.pem}}}}
    - {{name: eu-de, values: {{auth: {{auth_url: 'https://iam.de.example.com/v3'}}}}}}
    {AUTH}
""", None, None),
    "vendor": ("c", None, "clouds: {c: {profile: otc, auth: {username: u, password: p, user_domain_name: d}}}", None, None),
    "vendor, a region": (
        "c", None, "clouds: {c: {profile: otc, region_name: eu-nl, auth: {username: u, password: p}}}", None, None),
    "vendor, several regions": (
        "c", None, "clouds: {c: {profile: otc, regions: [eu-nl, eu-de], auth: {username: u, password: p}}}", None, None),
    "vendor, one region is asked for": (
        "c", "eu-nl", "clouds: {c: {profile: otc, auth: {username: u, password: p}}}", None, None),
    "vendor by its old name": (
        "c", None, "clouds: {c: {cloud: otc, region_name: eu-nl, auth: {username: u, password: p}}}", None, None),
    "vendor with an address of one's own": (
        "c", None, f"clouds: {{c: {{profile: otc, region_name: eu-nl, {AUTH}}}}}", None, None),
    "vendor of a file": (
        "c", None, "clouds: {c: {profile: mine, auth: {username: u, password: p}}}", None,
        "public-clouds: {mine: {region_name: eu-de, auth: {auth_url: 'https://iam.public.example.com/v3', user_domain_name: d}}}"),
    "vendor of a file with regions": (
        "c", None, "clouds: {c: {profile: mine, region_name: eu-nl, auth: {username: u, password: p}}}", None,
        "public-clouds: {mine: {regions: [eu-de, eu-nl], auth: {auth_url: 'https://iam.{region_name}.example.com/v3'}}}"),
    "an address with a place for the region": (
        "c", None,
        "clouds: {c: {region_name: eu-nl, auth: {auth_url: 'https://iam.{region_name}.example.com/v3', username: u, password: p}}}",
        None, None),
    "merge keys": (
        "c", None,
        """
x-auth: &auth {auth_url: 'https://iam.example.com/v3', username: base, password: p, user_domain_name: d}
x-entry: &entry {region_name: eu-nl, cacert: /base.pem, verify: false}
clouds:
  c:
    <<: *entry
    region_name: eu-de
    auth: {<<: *auth, username: u, project_name: eu-de}
""", None, None),
    "several merge keys": (
        "c", None,
        """
a: &a {username: u, password: p}
b: &b {user_domain_name: d, auth_url: 'https://iam.example.com/v3'}
clouds: {c: {region_name: eu-de, auth: {<<: [*a, *b], project_id: pid}}}
""", None, None),
    "credentials beside auth": (
        "c", None,
        """
clouds:
  c:
    region_name: eu-de
    username: u
    password: p
    user_domain_name: d
    project_name: eu-de
    auth_url: https://iam.example.com/v3
""", None, None),
    "credentials beside auth and inside": (
        "c", None,
        """
clouds:
  c:
    region_name: eu-de
    username: beside
    password: beside
    user_domain_name: beside
    project_name: beside
    auth_url: https://beside.example.com/v3
    auth: {username: u, password: p, user_domain_name: d, project_name: inside, auth_url: 'https://iam.example.com/v3'}
""", None, None),
    "a tenant": (
        "c", None,
        "clouds: {c: {region_name: eu-de, auth: {auth_url: 'https://iam.example.com/v3', username: u, password: p, tenant_name: t}}}",
        None, None),
    "a tenant beside a project": (
        "c", None,
        "clouds: {c: {region_name: eu-de, auth: {auth_url: 'https://iam.example.com/v3', username: u, password: p, tenant_name: t, project_name: pn}}}",
        None, None),
    "one domain for all": (
        "c", None,
        "clouds: {c: {region_name: eu-de, auth: {auth_url: 'https://iam.example.com/v3', username: u, password: p, project_name: pn, domain_name: d}}}",
        None, None),
    "one domain for all, beside auth": (
        "c", None,
        "clouds: {c: {region_name: eu-de, domain_id: did, auth: {auth_url: 'https://iam.example.com/v3', username: u, password: p, project_name: pn}}}",
        None, None),
    "names with hyphens": (
        "c", None,
        "clouds: {c: {region-name: eu-de, auth: {auth-url: 'https://iam.example.com/v3', username: u, password: p, user-domain-name: d, project-name: pn}}}",
        None, None),
    "a token": (
        "c", None,
        "clouds: {c: {auth_type: token, region_name: eu-de, auth: {auth_url: 'https://iam.example.com/v3', token: t, project_id: pid}}}",
        None, None),
    "a token beside auth": (
        "c", None,
        "clouds: {c: {auth_type: v3token, region_name: eu-de, token: beside, auth: {auth_url: 'https://iam.example.com/v3', token: inside, project_id: pid}}}",
        None, None),
    "secure.yaml wins": (
        "c", None,
        "clouds: {c: {region_name: eu-de, auth: {auth_url: 'https://iam.example.com/v3', username: u, password: CHANGEME, user_domain_name: d}}}",
        "clouds: {c: {auth: {password: secret}}}", None),
    "secure.yaml wins in everything": (
        "c", None, f"clouds: {{c: {{region_name: eu-de, cacert: /a.pem, {AUTH}}}}}",
        "clouds: {c: {region_name: eu-nl, cacert: /b.pem, auth: {username: v, project_name: eu-nl}}}", None),
    "secure.yaml with a merge key": (
        "c", None, f"clouds: {{c: {{region_name: eu-de, {AUTH}}}}}",
        "x: &x {password: secret}\nclouds: {c: {auth: {<<: *x}}}", None),
    "an entry of secure.yaml only": (
        "c", None, "clouds: {other: {}}", f"clouds: {{c: {{region_name: eu-de, {AUTH}}}}}", None),
    "unchecked certificates": ("c", None, f"clouds: {{c: {{region_name: eu-de, verify: false, {AUTH}}}}}", None, None),
    "unchecked certificates by the other name": (
        "c", None, f"clouds: {{c: {{region_name: eu-de, insecure: true, {AUTH}}}}}", None, None),
    "numbers": (
        "c", None,
        "clouds: {c: {region_name: eu-de, auth: {auth_url: 'https://iam.example.com/v3', username: u, password: 1234, project_id: 5678}}}",
        None, None),
}

KEYS = ["auth_url", "username", "user_id", "password", "token", "project_name", "project_id", "user_domain_name", "user_domain_id"]


def read(folder, cloud, region, clouds, secure, public):
    paths = {}
    for name, text in (("clouds", clouds), ("secure", secure), ("public", public)):
        paths[name] = os.path.join(folder, name + ".yaml")
        if text is not None:
            with open(paths[name], "w") as file:
                file.write(text)
    config = OpenStackConfig(
        config_files=[paths["clouds"]], secure_files=[paths["secure"]], vendor_files=[paths["public"]], load_envvars=False
    )
    arguments = {"region_name": region} if region else {}
    found = config.get_one(cloud=cloud, **arguments)
    auth = found.config["auth"]
    want = {key: str(auth[key]) for key in KEYS if auth.get(key) not in (None, "")}
    want["region_name"] = found.config["region_name"]
    verify, _ = found.get_requests_verify_args()
    want["verify"] = bool(verify)
    if found.config.get("cacert"):
        want["cacert"] = found.config["cacert"]
    return want


def main():
    cases = []
    for name, (cloud, region, clouds, secure, public) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            want = read(folder, cloud, region, clouds, secure, public)
        case = {"name": name, "cloud": cloud, "clouds": clouds, "want": want}
        for key, value in (("region", region), ("secure", secure), ("public", public)):
            if value is not None:
                case[key] = value
        cases.append(case)
    print(json.dumps({"openstacksdk": version("openstacksdk"), "cases": cases}, indent=1))


main()
