"""SkyPilot's own verdict on credentials.

Reads a list of {"cloud", "home", "env", "secret"} on stdin, and writes a list of
{"present", "reason"} on stdout. Nothing leaves this machine: where SkyPilot would ask
the cloud, a stand-in answers, which takes no key but the secret.

To import SkyPilot takes seconds, so it is done once, and each home is judged in a fork
of this process. HOME is a link that leads to the home in question, for what SkyPilot
makes of HOME when it is imported.
"""
import contextlib
import importlib
import io
import json
import os
import signal
import sys
import tempfile
import types

HOME = os.path.join(tempfile.mkdtemp(), 'home')
os.makedirs(HOME + '.import')
os.symlink(HOME + '.import', HOME)
for name in list(os.environ):
    if name not in ('PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'PYTHONDONTWRITEBYTECODE'):
        del os.environ[name]
os.environ.update({'HOME': HOME, 'SKYPILOT_DISABLE_USAGE_COLLECTION': '1', 'AWS_EC2_METADATA_DISABLED': 'true'})

for module in ('sky', 'boto3', 'kubernetes', 'oci', 'google.auth', 'googleapiclient', 'azure.core.exceptions', 'azure.cli.core', 'cudo_compute.cudo_api'):
    importlib.import_module(module)

SECRET = ''


class Refused(Exception):
    """The stand-in for a cloud does not know this key."""


class Answer:
    """An answer of HTTP 200 that holds nothing, but that a key is right."""
    ok, status_code, text = True, 200, '{}'

    def __init__(self, url):
        self.data = True if url.split('?')[0].endswith('/key/check') else []

    def json(self):
        return {'data': self.data, 'contents': [], 'items': [], 'hasMore': False, 'code': 10000}

    def raise_for_status(self):
        pass


def http():
    """The clouds that are asked by plain HTTP."""
    import requests

    def request(self, method, url, headers=None, **_):
        for name, value in (headers or {}).items():
            if name.lower() in ('authorization', 'x-api-key', 'api-key') and value.split(' ', 1)[-1] != SECRET:
                raise Refused('the key is not the right one')
        return Answer(url)

    requests.Session.request = request


def aws():
    """SkyPilot asks AWS who it is, by boto3: what counts is whether boto3 has keys to
    sign that with, or gets so far as to ask for those of a session."""
    import botocore.session
    from botocore.httpsession import URLLib3Session

    class Asked(BaseException):
        pass

    def send(*_):
        raise Asked

    URLLib3Session.send = send
    try:
        found = botocore.session.Session().get_credentials()
        if found is None:
            return False, 'no credentials'
        found.get_frozen_credentials()
    except Asked:
        pass
    return True, None


def azure():
    from sky.clouds import azure as module
    module.adaptors_common.can_import_modules = lambda _: True
    module._run_output = lambda _: ''
    knack = types.ModuleType('knack')
    knack.util = types.SimpleNamespace(CLIError=ValueError)
    sys.modules.setdefault('knack', knack)
    from azure.cli.core import get_default_cli
    from azure.cli.core._profile import Profile
    module.azure.get_current_account_user = lambda: Profile(cli_ctx=get_default_cli()).get_current_account_user()
    module.azure.get_subscription_id = lambda: Profile(cli_ctx=get_default_cli()).get_subscription_id()
    return module.Azure._check_compute_credentials()


def gcp():
    from sky.clouds import gcp as module
    which = module.shutil.which
    module.shutil.which = lambda name: '/gcloud' if name == 'gcloud' else which(name)
    # gcloud is not here: its answers come from the files that it keeps.
    logged_in = os.path.exists(os.path.expanduser('~/.config/gcloud/credentials.db'))
    module._run_output = lambda _: 'u@x.org' if logged_in else ''
    from google.auth import _cloud_sdk
    config = os.path.expanduser('~/.config/gcloud/configurations/config_default')
    _cloud_sdk.get_project_id = lambda: 'p' if os.path.exists(config) else None
    module.gcp.build = lambda *_a, **_k: Everything()
    module.gcp_utils.get_minimal_compute_permissions = lambda: []
    module.is_api_disabled = lambda *_: False
    return module.GCP._check_compute_credentials()


class Everything:
    """Has every method, each of which returns this again; as a mapping it is empty."""

    def __getattr__(self, _):
        return lambda *_a, **_k: self

    def get(self, _key, default=None):
        return default


def kubernetes():
    from sky.clouds import kubernetes as module
    module.kubernetes_utils.check_port_forward_mode_dependencies = lambda _: None
    module.Kubernetes._check_single_context = classmethod(lambda cls, _: (True, ''))
    return module.Kubernetes._check_compute_credentials()


def ssh():
    from sky.clouds import ssh as module
    module.kubernetes_utils.check_port_forward_mode_dependencies = lambda _: None
    return module.SSH._check_compute_credentials()


def slurm():
    from sky.clouds import slurm as module

    class Client:

        def __init__(self, *_args, **_kw):
            pass

        def info(self):
            return ''

        def get_env(self):
            return {'HOME': '/home/u'}

        def check_dir_shared_fs(self, _):
            return 'nfs'

    module.slurm.SlurmClient = Client
    return module.Slurm._check_compute_credentials()


def runpod():
    from sky.clouds import runpod as module
    valid, reason = module.RunPod._check_runpod_credentials()
    if not valid:
        return valid, reason
    import tomllib
    with open(os.path.expanduser('~/.runpod/config.toml'), 'rb') as f:
        if tomllib.load(f)['default']['api_key'] != SECRET:
            raise Refused('the key is not the right one')
    return True, None


def nebius():
    from sky.clouds import nebius as module
    module.nebius.sdk = lambda: None
    module.nebius.iam = lambda: types.SimpleNamespace(ProjectServiceClient=lambda _: Everything(), ListProjectsRequest=lambda **_: None)
    module.nebius.request_error = lambda: Refused
    return module.Nebius._check_compute_credentials()


def do():
    from sky.clouds import do as module
    importlib.reload(module.do_utils)  # it reads XDG_CONFIG_HOME when it is imported

    class Client:

        def __init__(self, token):
            self.droplets = self
            self.token = token

        def list(self):
            if self.token != SECRET:
                from azure.core.exceptions import HttpResponseError
                raise HttpResponseError('the token is not the right one')

    library = types.ModuleType('pydo')
    library.Client = Client
    sys.modules['pydo'] = library
    return module.DO._check_compute_credentials()


def oci():
    from sky.clouds import oci as module
    import oci as library

    class Identity:

        def __init__(self, config):
            library.config.validate_config(config)

        def get_user(self, _):
            return types.SimpleNamespace(data=None)

    library.identity.IdentityClient = Identity
    return module.OCI._check_compute_credentials()


def ibm():
    from sky.clouds import ibm as module
    module.ibm.client = lambda: None
    return module.IBM._check_compute_credentials()


def cudo():
    from sky.clouds import cudo as module
    module._run_output = lambda _: ''
    from cudo_compute import cudo_api
    cudo_api.virtual_machines = Everything
    return module.Cudo._check_compute_credentials()


def vsphere():
    from sky.clouds import vsphere as module
    module.adaptors_common.can_import_modules = lambda _: True
    module.vsphere_utils.VsphereClient = lambda *_: Everything()
    module.initialize_vsphere_data = lambda: None
    return module.Vsphere._check_compute_credentials()


def seeweb():
    from sky.clouds import seeweb as module
    library = types.ModuleType('ecsapi')

    class Api:

        def __init__(self, token):
            self.token = token

        def fetch_servers(self):
            if self.token != SECRET:
                raise Refused('the key is not the right one')

    library.Api = Api
    sys.modules['ecsapi'] = library
    return module.Seeweb._check_compute_credentials()


# The clouds whose class needs no stand-in but that for HTTP.
PLAIN = {
    'lambda': 'Lambda', 'scp': 'SCP', 'yotta': 'Yotta', 'fluidstack': 'Fluidstack', 'hyperbolic': 'Hyperbolic', 'mithril': 'Mithril',
    'paperspace': 'Paperspace', 'primeintellect': 'PrimeIntellect', 'shadeform': 'Shadeform', 'vast': 'Vast', 'verda': 'Verda',
}


def verdict(cloud):
    from sky import skypilot_config
    skypilot_config.reload_config()
    if cloud not in PLAIN:
        return globals()[cloud]()
    http()
    from sky import clouds
    from sky.adaptors import common
    common.can_import_modules = lambda _: True
    of = getattr(clouds, PLAIN[cloud])
    return of.check_credentials(clouds.CloudCapability.COMPUTE)


def judge(case):
    """The verdict of a process of its own."""
    os.remove(HOME)
    os.symlink(case['home'], HOME)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        signal.alarm(60)  # a check that waits for the network enables nothing; none should
        global SECRET
        SECRET = case['secret']
        os.environ.update(case['env'])
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                present, reason = verdict(case['cloud'])
        except (ImportError, AttributeError, NameError) as e:
            present, reason = None, f'the judge is broken: {e!r}'
            if isinstance(e, AttributeError) and "'NoneType'" in str(e):
                present = False  # DigitalOcean's client of no token
        except BaseException as e:  # a check that raises enables nothing either
            present, reason = False, repr(e)
        os.write(write, json.dumps({'present': present, 'reason': str(reason)[-2000:]}).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as f:
        answer = f.read()
    os.waitpid(pid, 0)
    return json.loads(answer or '{"present": null, "reason": "the check did not end"}')


print(json.dumps([judge(case) for case in json.load(sys.stdin)]))
