"""Prints what SkyPilot's own cloud classes say of each cloud's abilities, as JSON."""

import ast
import importlib
import inspect
import json
import textwrap

import sky
from sky.utils import registry


def unsupported(cloud, spot):
    resources = sky.Resources(cloud=cloud, use_spot=spot)
    return sorted(feature.name for feature in type(cloud)._unsupported_features_for_resources(resources))


def knows_identities(cloud):
    """Whether get_user_identities returns anything but None: without credentials it can't be called."""
    source = textwrap.dedent(inspect.getsource(type(cloud).get_user_identities))
    returned = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Return)]
    return any(not (value is None or isinstance(value, ast.Constant) and value.value is None) for value in returned)


def looks_ports_up(name):
    module = {'lambda': 'lambda_cloud', 'ssh': 'kubernetes'}.get(name, name)
    try:
        return hasattr(importlib.import_module('sky.provision.' + module), 'query_ports')
    except ModuleNotFoundError:
        return False  # it is launched by the older way, which knows no ports


clouds = {}
for name, cloud in registry.CLOUD_REGISTRY.items():
    said = {
        'aliases': [alias for alias, of in registry.CLOUD_REGISTRY._aliases.items() if of == name],
        'identity': knows_identities(cloud),
        'mapsPorts': looks_ports_up(name),
        'diskTiers': [tier.value for tier in type(cloud)._SUPPORTED_DISK_TIERS],
    }
    for kind, spot in (('demand', False), ('spot', True)):
        try:
            said[kind] = unsupported(cloud, spot)
        except Exception as error:  # those that ask the cluster, where there is none
            said['unknown'] = repr(error)
    clouds[name] = said
print(json.dumps(clouds))
