"""Families, children and the client rows that stand for them; every name, postcode and UPN is made up."""

from __future__ import annotations

import datetime as dt
import random

from csc_warehouse.sample.calendar import age_on
from csc_warehouse.sample.model import DAY, Child, Family, Record, World

SURNAMES = [
    "Jones",
    "Davies",
    "Williams",
    "Evans",
    "Roberts",
    "Hughes",
    "Thomas",
    "Edwards",
    "Griffiths",
    "Owen",
    "Morris",
    "Lewis",
    "Price",
    "Lloyd",
    "Parry",
    "Pritchard",
    "Rowlands",
    "Ellis",
    "Prŷs",
    "Siôn",
    "Tŷ-Gwyn",
    "Nowak",
    "Kowalski",
    "Wójcik",
    "Silva",
    "Santos",
    "Begum",
    "Hussain",
    "Smith",
    "Taylor",
    "Brown",
    "Wilson",
    "Walker",
    "Wright",
    "Hall",
    "Green",
    "Clarke",
    "Bennett",
    "Powell",
    "Matthews",
    "Vaughan",
    "Bellis",
    "Humphreys",
    "Jarvis",
    "Meredith",
    "Maddocks",
    "Prydderch",
    "Gittins",
]
FORENAMES = {
    "F": "Carys Megan Ffion Seren Elin Cadi Mali Beca Lowri Nia Gwen Siân Lili Erin Efa Mia Ava Ruby Zofia Amelia "
    "Grace Freya Alys Heledd Lleucu Martha Ela Nansi",
    "M": "Dylan Tomos Rhys Jac Osian Macsen Ioan Cai Elis Gethin Siôn Llŷr Iolo Noah Leo Kacper Harri Deio Gruff Owain "
    "Steffan Idris Morgan Theo Arlo Guto Twm Ifan",
}
_FORENAMES = {sex: names.split() for sex, names in FORENAMES.items()}
ETHNICITIES = ("White Welsh", "White British", "White Other", "Mixed", "Asian", "Black", "Other", "Not stated")
_ETHNICITY_WEIGHTS = (40, 38, 8, 4, 3, 2, 1, 4)
OTHER_AUTHORITIES = [
    "W06000001",
    "W06000002",
    "W06000003",
    "W06000004",
    "W06000005",
    "W06000023",
    "W06000015",
    "E06000049",
    "E06000050",
    "E06000051",
    "E08000003",
    "E08000012",
    "E08000025",
    "E09000012",
]
_SIBLINGS = (1, 2, 3, 4, 5, 6)
_SIBLING_WEIGHTS = (44, 31, 15, 6, 3, 1)


def _birth(rng: random.Random, on: dt.date, low: int, high: int) -> dt.date:
    return on - DAY * rng.randint(low, high)


def _postcode(rng: random.Random) -> str:
    return f"LL{rng.choice((11, 12, 13, 14, 20))} {rng.randint(1, 9)}{''.join(rng.choices('ABDEFGHJLN', k=2))}"


def _upn(rng: random.Random) -> str:
    return f"{rng.choice('ABCDEFGHJKLMNPQRTUVWXYZ')}{rng.randrange(10**11, 10**12)}"


def new_child(world: World, family: Family, born: dt.date) -> Child:
    """Add a child to a family; in the wider world he or she is known from the first record."""
    rng = world.rng
    sex = "F" if rng.random() < 0.487 else "M"
    child = Child(family=family, born=born, sex=sex, forename=rng.choice(_FORENAMES[sex]))
    child.is_disabled = rng.random() < 0.06
    child.is_restricted = rng.random() < 0.004
    if rng.random() < 0.8:
        child.upn = _upn(rng)
    family.children.append(child)
    world.children.append(child)
    return child


def new_family(world: World, on: dt.date, *, size: int | None = None, other_authority: bool = False) -> Family:
    """Create a family with children of 0 to 17 years on a day."""
    rng = world.rng
    size = size or rng.choices(_SIBLINGS, _SIBLING_WEIGHTS)[0]
    family = Family(
        number=7000 + world.next("family"),
        surname=rng.choice(SURNAMES) if rng.random() < 0.9 else f"{rng.choice(SURNAMES)}-{rng.choice(SURNAMES)}",
        postcode=_postcode(rng),
        ethnicity=rng.choices(ETHNICITIES, _ETHNICITY_WEIGHTS)[0],
        language="WEL" if rng.random() < 0.11 else "OTH" if rng.random() < 0.05 else "ENG",
        is_other_authority=other_authority,
    )
    # The youngest may be a baby; each elder sibling is one to four years older and still under 17.
    age_days = rng.randint(30, 6100 - 500 * min(size, 6))
    for _ in range(size):
        new_child(world, family, on - DAY * age_days)
        age_days = min(age_days + rng.randint(380, 1300), 6150 + rng.randint(0, 40))
    world.families.append(family)
    return family


def new_unborn(world: World, on: dt.date) -> Child:
    """Create a family whose only known child is born some weeks after a day."""
    rng = world.rng
    family = new_family(world, on, size=1)
    child = family.children[0]
    child.born = on + DAY * rng.randint(10, 120)
    child.upn = None
    child.is_disabled = False
    child.born_known_on = child.born + DAY * rng.randint(1, 20)
    child.is_birth_never_keyed = not world.is_clean and rng.random() < 0.1
    return child


def new_placed_child(world: World, on: dt.date) -> Child:
    """Create a child whom another authority has placed here."""
    rng = world.rng
    child = new_family(world, on, size=1, other_authority=True).children[0]
    child.born = _birth(rng, on, 365 * 10, 365 * 16)
    child.responsible = rng.choice([code for code in OTHER_AUTHORITIES if code != world.authority])
    return child


def is_child_on(child: Child, day: dt.date, *, spare_days: int = 60) -> bool:
    """Tell whether a child is born on a day and stays under 18 for some time after it."""
    return child.born <= day and age_on(child.born, day + DAY * spare_days) < 18


def add_clients(world: World) -> None:
    """Add the client row of every child who has a record, keyed with the first of them."""
    first: dict[int, dt.datetime] = {}
    children: dict[int, Child] = {}
    for records in world.records.values():
        for record in records:
            if record.child is not None:
                key = id(record.child)
                children[key] = record.child
                first[key] = min(record.recorded_at, first.get(key, record.recorded_at))
    for key in sorted(children, key=lambda key: (first[key], children[key].family.number, children[key].born)):
        _add_client(world, children[key], first[key])


def _add_client(world: World, child: Child, keyed_at: dt.datetime) -> None:
    rng = world.rng
    family = child.family
    is_unborn = child.born_known_on is not None
    record = Record(
        entity="client",
        child=child,
        recorded_at=keyed_at,
        values={
            "surname": family.surname,
            "forenames": "Baby" if is_unborn else child.forename,
            "dob": None if is_unborn else child.born,
            "expected_dob": child.born + DAY * rng.randint(-9, 9) if is_unborn else None,
            "date_of_death": None,
            "sex": ("U" if rng.random() < 0.8 else child.sex) if is_unborn else child.sex,
            "ethnicity": family.ethnicity,
            "language": family.language,
            "postcode": family.postcode,
            "resp_la": child.responsible,
            "family_no": family.number,
            "disabled": "Y" if child.is_disabled else "N",
            "restricted": "Y" if child.is_restricted else "N",
            "upn": child.upn,
        },
    )
    if child.born_known_on is not None and not child.is_birth_never_keyed:
        # The expected day stays, so that what came before the birth goes on being about an unborn child.
        expected = record.values["expected_dob"]
        record.change(
            max(child.born_known_on, keyed_at.date()),
            forenames=child.forename,
            dob=child.born,
            expected_dob=min(expected, child.born) if isinstance(expected, dt.date) else None,
            sex=child.sex,
        )
    if rng.random() < 0.04:
        moved = keyed_at.date() + DAY * rng.randint(20, 400)
        record.change(
            moved,
            postcode=_postcode(rng),
        )
    child.record = world.add(record)
