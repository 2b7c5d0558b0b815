"""Word lists of our own: what the drawn negatives talk about.

How it is used: `TOPICS["sea"]` holds nouns, verbs (past tense), adjectives and places; `NAMES`,
`TOWNS`, `COMPANIES` and the rest are shared. `sentences.py` builds text from them. What it leaves
out: grammar, and anything of elementary mathematics.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """Words of one subject; nouns are singular, verbs transitive and in the past tense."""

    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    adjectives: tuple[str, ...]
    places: tuple[str, ...]


def _topic(nouns: str, verbs: str, adjectives: str, places: str) -> Topic:
    return Topic(
        *(
            tuple(entry.replace("_", " ") for entry in part.split())
            for part in (nouns, verbs, adjectives, places)
        )
    )


def split_words(text: str) -> tuple[str, ...]:
    """A list of words as one string."""
    return tuple(text.split())


def split_list(text: str, sign: str = "|") -> tuple[str, ...]:
    """A list of phrases as one string."""
    return tuple(text.split(sign))


TOPICS = {
    "sea": _topic(
        "lighthouse harbour fisherman whale anchor storm ferry sailor coral tide dolphin captain net",
        "rescued sighted anchored followed repaired abandoned steered photographed",
        "salty distant foggy drifting rusty silent blue weathered",
        "the_northern_coast the_old_pier a_sheltered_bay the_open_ocean the_reef",
    ),
    "city": _topic(
        "tram mayor avenue bakery balcony museum cyclist crossing neighbour courtyard statue bridge",
        "renovated crossed painted visited closed admired opened photographed",
        "crowded narrow modern noisy elegant shabby famous empty",
        "the_main_square the_railway_station the_old_quarter the_market_hall a_quiet_street",
    ),
    "kitchen": _topic(
        "onion casserole oven garlic pastry cook saucepan basil pepper dough butter lentil stew",
        "stirred seasoned tasted baked chopped served simmered garnished",
        "spicy golden tender crisp creamy fragrant bitter warm",
        "the_stove a_wooden_board the_pantry the_dining_table the_fridge",
    ),
    "space": _topic(
        "telescope comet astronaut galaxy satellite rocket nebula crater probe orbit planet engineer",
        "observed launched detected photographed tracked explored discovered recorded",
        "distant frozen luminous mysterious tiny massive silent dusty",
        "the_observatory deep_space the_launch_pad the_control_room the_southern_sky",
    ),
    "law": _topic(
        "contract judge tenant clause witness lawyer appeal statute verdict court landlord licence",
        "signed rejected amended disputed drafted approved revoked cited",
        "binding unlawful confidential written preliminary final valid reasonable",
        "the_district_court the_notary's_office the_courtroom the_registry chambers",
    ),
    "medicine": _topic(
        "patient nurse vaccine symptom surgeon dose fever clinic infection therapy allergy tablet",
        "treated examined prescribed diagnosed monitored vaccinated discharged advised",
        "chronic acute mild severe infectious healthy tired swollen",
        "the_emergency_room the_waiting_room the_pharmacy the_ward the_laboratory",
    ),
    "garden": _topic(
        "tulip hedgehog compost gardener orchard bee seedling rake pear_tree rose pond weed",
        "planted watered pruned harvested fertilised discovered trimmed picked",
        "ripe wild muddy fragrant shady leafy thorny early",
        "the_greenhouse the_flower_bed the_lawn the_vegetable_patch the_shed",
    ),
    "music": _topic(
        "violin orchestra conductor drummer melody concert choir guitar singer album rhythm piano",
        "rehearsed recorded conducted composed performed applauded tuned released",
        "gentle loud jazzy melancholy brilliant slow classical unknown",
        "the_opera_house the_studio a_small_club the_festival the_stage",
    ),
    "history": _topic(
        "emperor castle treaty pharaoh knight revolution manuscript archaeologist pyramid army queen",
        "conquered excavated besieged founded destroyed crowned translated betrayed",
        "ancient medieval powerful forgotten royal bloody ruined glorious",
        "the_Nile_valley the_monastery the_Roman_forum the_border_fortress the_throne_room",
    ),
    "office": _topic(
        "meeting deadline supplier invoice manager budget proposal client campaign report colleague",
        "approved postponed scheduled reviewed negotiated cancelled forwarded presented",
        "quarterly urgent strategic overdue internal revised profitable annual",
        "the_conference_room the_headquarters the_sales_department the_Berlin_office the_warehouse",
    ),
    "computers": _topic(
        "server password browser database router keyboard developer firewall update backup plugin",
        "installed configured deleted encrypted restarted patched deployed debugged",
        "outdated secure remote corrupted wireless experimental slow automatic",
        "the_data_centre the_cloud the_repository the_login_page the_local_network",
    ),
    "sport": _topic(
        "goalkeeper referee striker marathon trophy coach swimmer stadium penalty captain cyclist",
        "defeated trained injured substituted praised overtook tackled signed",
        "undefeated exhausted young talented fierce amateur nervous professional",
        "the_final the_stadium the_training_camp the_finish_line the_locker_room",
    ),
    "travel": _topic(
        "passport suitcase hotel guidebook hiker glacier airport temple camel train souvenir hostel",
        "booked explored missed boarded recommended packed climbed photographed",
        "remote sunny delayed luxurious cheap unforgettable tropical snowy",
        "the_departure_gate a_mountain_hut the_old_bazaar the_beach the_border",
    ),
    "nature": _topic(
        "fox eagle glacier volcano beetle forest otter river mushroom moss predator wolf fern",
        "hunted sheltered devoured protected crossed observed carried attacked",
        "rare nocturnal poisonous endangered furry migrating hungry dense",
        "the_rainforest the_tundra a_hollow_tree the_river_bank the_savanna",
    ),
    "politics": _topic(
        "minister election parliament senator protest ambassador reform voter campaign strike union",
        "announced criticised postponed defended abolished negotiated supported vetoed",
        "controversial foreign democratic unpopular federal national secret angry",
        "the_capital the_ministry the_assembly the_summit the_press_conference",
    ),
    "home": _topic(
        "sofa curtain ladder kettle lamp grandmother cupboard doorbell attic vacuum_cleaner cat key",
        "cleaned repaired moved forgot borrowed painted unpacked lost",
        "cosy broken dusty comfortable ancient soft heavy new",
        "the_living_room the_cellar the_hallway the_balcony the_bathroom",
    ),
}

NAMES = split_words(
    "Anna Marcus Leila Tom Ingrid Pavel Yuki Omar Clara Henrik Sofia Daniel Amara Luis Greta Ivan "
    "Nadia Peter Rosa Felix Mina Oscar Helen Viktor Zoe Karim Julia Samuel Elena Hugo Iris Noah"
)
SURNAMES = split_words(
    "Brandt Okafor Lindqvist Moreau Tanaka Petrov Castillo Weber Novak Hughes Rossi Haddad Virtanen "
    "Schneider Dubois Murphy Kowalski Jansen Ferrari Andersen Keller Ibrahim Costa Walsh Meyer Sato"
)
TOWNS = split_words(
    "Hartmoor Lindenau Port Ellery Vasby Montclar Rivermouth Oldcastle Kirkholm Santa Brisa Dunfield "
    "Ashbourne Grenzdorf Nyhaven Altavilla Westbrook Silverton Eastgate Larkhill Bergstad Norwick"
)
COMPANIES = split_words(
    "Nordlicht Brightwave Alder&Sons Kestrel Bluepeak Orbita Silverleaf Quantico Harborline Vantara "
    "Fernhill Polaris Castellan Ironbridge Maplewood Zephyr Lumina Redstone Tidewater Corvus"
)
WEEKDAYS = split_words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = split_words(
    "January February March April May June July August September October November December"
)
DISHES = split_list(
    "Mushroom risotto|Grilled salmon|Tomato soup|Caesar salad|Beef goulash|Lamb curry|Apple strudel|"
    "Chocolate mousse|Onion rings|Spinach lasagne|Fish tacos|Pumpkin ravioli|Lemon sorbet|Garlic bread|"
    "Roast duck|Vegetable stir-fry|Cheese platter|Espresso|Iced tea|House red wine|Sparkling water|"
    "Chicken satay|Potato dumplings|Beetroot carpaccio|Pancakes with maple syrup|Prawn cocktail"
)
GOODS = split_list(
    "Oat milk|Toothpaste|Printer paper|USB cable|Dish soap|Brown bread|Olive oil|Batteries AA|Shampoo|"
    "Desk lamp|Coffee beans|Garbage bags|Frozen peas|Light bulb|Notebook A5|Cat food|Sunscreen|Yoghurt|"
    "Phone case|Screwdriver set|Hand cream|Orange juice|Washing powder|Bicycle pump|Wool socks|Candles"
)
DEPARTMENTS = split_list(
    "Marketing|Logistics|Human Resources|Finance|Research|Procurement|Customer Care|Legal|Production|"
    "IT Operations|Quality|Field Sales|Public Relations|Facilities"
)
MEASURES = split_list(
    "Revenue|Operating costs|Gross margin|Net income|Headcount|Churn|Market share|EBITDA|Orders|Returns|"
    "Page views|Conversion rate|Cash flow|Inventory|Capex|Share price|Bounce rate|Subscribers"
)
REGIONS = split_list(
    "EMEA|APAC|North America|Nordics|DACH|Iberia|Benelux|LATAM|UK & Ireland|Oceania"
)
CLUBS = split_words(
    "Rovers United Athletic Wanderers Albion Rangers City Dynamo Sporting Harriers Falcons Wolves"
)
