"""The lab's clouds beside Amazon: what each answers to the calls that SkyPilot makes.

api.py has what a cloud is, a module each for lambda, do, paperspace, runpod and vast, proxy.py brings SkyPilot's calls here.
A new cloud is a module with a subclass of Api, its words in ../faults.json, and, if SkyPilot uses an SDK for it, its
name in EXTRAS of ../lab.
"""
import os

from .digitalocean import DigitalOcean
from .lambdalabs import Lambda
from .paperspace import Paperspace
from .runpod import RunPod
from .vast import Vast

GOOD_KEY = "testing"  # the one API key that these clouds accept


def all_clouds(faults, words, new_address):
    """Every cloud, by SkyPilot's name for it."""
    return {kind.name: kind(faults, words[kind.name], new_address, GOOD_KEY)
            for kind in (Lambda, DigitalOcean, Paperspace, RunPod, Vast)}


def catalogs(clouds, folder):
    """Writes the price lists that SkyPilot would download."""
    for cloud in clouds.values():
        os.makedirs(f"{folder}/{cloud.name}", exist_ok=True)
        with open(f"{folder}/{cloud.name}/vms.csv", "w") as file:
            file.write(cloud.catalog())


def account(clouds, home, name, key):
    """Writes a cloud's credentials with that key; without a key there are none, and SkyPilot does not use the cloud."""
    for path, content in filter(None, (clouds[name].credentials, clouds[name].settings)):
        path = f"{home}/{path}"
        if key:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(content.replace("KEY", key))
        elif os.path.exists(path):
            os.remove(path)
