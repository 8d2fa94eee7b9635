"""The lab's clouds beside Amazon: what each answers to the calls that SkyPilot makes.

api.py has what a cloud is, a module each for lambda, do, paperspace, runpod and vast, proxy.py brings SkyPilot's calls here; slurm.py has
no API but a machine with Slurm.
A new cloud is a module with a subclass of Api, its words in ../faults.json, and, if SkyPilot uses an SDK for it, its
name in EXTRAS of ../lab.
"""
import os

from .digitalocean import DigitalOcean
from .lambdalabs import Lambda
from .paperspace import Paperspace
from .runpod import RunPod
from .slurm import Slurm
from .vast import Vast

GOOD_KEY = "testing"  # the one API key that these clouds accept


def all_clouds(faults, words, new_address, home):
    """Every cloud, by SkyPilot's name for it."""
    return {kind.name: kind(faults, words[kind.name], new_address, GOOD_KEY, home)
            for kind in (Lambda, DigitalOcean, Paperspace, RunPod, Vast, Slurm)}


def catalogs(clouds, folder):
    """Writes the price lists that SkyPilot would download."""
    for cloud in clouds.values():
        if prices := cloud.catalog():
            os.makedirs(f"{folder}/{cloud.name}", exist_ok=True)
            with open(f"{folder}/{cloud.name}/vms.csv", "w") as file:
                file.write(prices)
