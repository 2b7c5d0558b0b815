"""Patterns of one-step stories with measured quantities (`wordings.vary` writes them out).

How it is used: `STORIES["length"]["+"]` holds patterns with `{a}`, `{b}` (amounts with their unit; a
count of groups for × in `{a}`, for ÷ in `{b}`) and `{name}`. What it leaves out: numbers and labels.
"""

_Patterns = tuple[str, ...]

STORIES: dict[str, dict[str, _Patterns]] = {
    "length": {
        "+": (
            "A hiking path goes {a} uphill and {b} downhill. How long is the path?",
            "{name} [jumps|walks|runs] {a} and then {b} more. How far is that [in all|altogether]?",
            "A fence of {a} is made {b} longer. How long is it now?",
            "One rope is {a} long, another one {b}. [What is their total length?|How long are both together?]",
            "A [plant|tree|vine] was {a} tall and grew {b}. How tall is it now?",
        ),
        "−": (
            "{name} cuts {b} off a ribbon of {a}. How long is the rest?",
            "{name} has a [rope|wire|board] of {a} and uses {b}. How much is left?",
            "A trail is {a} long. {name} has walked {b}. How far is it to the end?",
            "One wall is {a} long, another one {b}. How much longer is the first wall?",
            "From a string of {a} a piece of {b} is taken. What length remains?",
        ),
        "×": (
            "{a} ribbons of the same length, {b} each, are tied together. How long is that?",
            "{name} puts {a} boards in a row. Each board is {b} long. How long is the row?",
            "A lap is {b} long. {name} runs {a} laps. How far is that?",
            "{a} pipes of {b} are joined. [How long is the whole pipe?|What is the total length?]",
            "Each step is {b} long. How far are {a} steps?",
        ),
        "÷": (
            "A ribbon of {a} is shared by {b} children. How long a piece does each one get?",
            "A path of {a} is divided into {b} equal parts. How long is one part?",
            "{name} cuts a [rope|wire] of {a} into {b} pieces of the same length. What is the length of one?",
            "{b} equal shelves are {a} long in all. How long is one shelf?",
            "A [border|fence] of {a} is made of {b} equal sections. What is the length of a section?",
        ),
    },
    "time": {
        "+": (
            "A lesson lasts {a}, the break after it {b}. How long is it from beginning to end?",
            "{name} reads for {a} and paints for {b}. How long is that in all?",
            "A drive takes {a} and the way back {b}. How much time is spent driving?",
            "It rained for {a}, then for {b} more. How long did it rain?",
            "A museum visit of {a} is followed by a walk of {b}. What is the total time?",
        ),
        "−": (
            "An afternoon of {a} is planned; {b} are over. How much time is still there?",
            "{name} has {a} to practice and has used {b}. How much time is left?",
            "A trip takes {a}. {b} have gone by. How long does it still take?",
            "One [film|game] takes {a}, another one {b}. How much longer is the first one?",
            "The shop is open for {a} and was closed early by {b}. How long was it open?",
        ),
        "×": (
            "The choir sings {b} at each of {a} meetings. How long does it sing in all?",
            "{name} works {b} each day for {a} days. How much time is that?",
            "Each lesson lasts {b}. How long are {a} lessons?",
            "A machine needs {b} for one part. How long does it need for {a} parts?",
            "{a} shifts of {b} each: what is the total time?",
        ),
        "÷": (
            "{b} games of the same length take {a} together. How long is one game?",
            "{a} are divided into {b} equal sessions. How long is one session?",
            "{name} spends {a} on {b} projects, the same time on each. How long is one project?",
            "A trip of {a} has {b} equal parts. How long does one part take?",
            "{b} speakers share {a} equally. How much time has each one?",
        ),
    },
    "volume": {
        "+": (
            "{name} pours {b} of milk to the {a} that are in the can. How much milk is it now?",
            "{name} mixes {a} of juice with {b} of water. How much drink is that?",
            "One bucket holds {a}, another one {b}. How much do both hold together?",
            "There are {a} in the tank and {b} are added. How much is in the tank now?",
            "A soup is made of {a} of broth and {b} of milk. How much liquid is it in all?",
        ),
        "−": (
            "{b} run out of a tank of {a}. How much stays in it?",
            "{name} has {a} of lemonade and gives away {b}. How much is left?",
            "A barrel with {a} loses {b}. What remains in the barrel?",
            "A jug holds {a}, a bottle {b}. How much more does the jug hold?",
            "From {a} of milk {b} are used. How much milk is left?",
        ),
        "×": (
            "{a} bottles of {b} stand on the shelf. How much liquid is in all of them?",
            "{name} fills {a} jugs with {b} each. How much is that?",
            "A [cow|pump] gives {b} a day. How much are {a} days?",
            "Each of {a} watering cans holds {b}. What is the total volume?",
            "{a} cups of {b} are poured together. How much liquid is it?",
        ),
        "÷": (
            "{a} of juice go into {b} bowls, the same amount in each. How much is in one bowl?",
            "{name} fills {b} equal glasses from {a} of juice. How much is in one glass?",
            "{a} of water are shared equally by {b} plants. How much does each plant get?",
            "A tank of {a} fills {b} equal buckets. How much does a bucket hold?",
            "{b} friends share {a} of tea equally. How much does each one drink?",
        ),
    },
    "mass": {
        "+": (
            "Two parcels weigh {a} and {b}. What is their mass together?",
            "{name} buys {a} of apples and {b} of pears. How heavy is that altogether?",
            "A bag of {a} gets {b} more. What is its mass now?",
            "A dog weighs {a}, a cat {b}. What do they weigh together?",
            "There are {a} of sand in a cart; {b} are added. What is the mass now?",
        ),
        "−": (
            "{name} takes {b} of potatoes out of a sack of {a}. How heavy is the sack now?",
            "{name} has {a} of flour and uses {b}. How much is left?",
            "A full box has a mass of {a}. {b} are taken out. What is the mass now?",
            "One stone weighs {a}, another one {b}. How much heavier is the first one?",
            "Of {a} of rice {b} are sold. How much rice remains?",
        ),
        "×": (
            "A cart is loaded with {a} crates of {b} each. How heavy is the load?",
            "{name} carries {a} books of {b} each. How heavy are they?",
            "One brick weighs {b}. What do {a} bricks weigh?",
            "{a} bags of {b} are loaded. What is the total mass?",
            "Each melon has a mass of {b}. Find the mass of {a} melons.",
        ),
        "÷": (
            "{a} of flour fill {b} equal jars. How much flour is in a jar?",
            "{name} puts {a} of nuts into {b} equal bags. What is the mass of one bag?",
            "{b} equal boxes weigh {a} in all. How heavy is one box?",
            "{a} of clay are shared equally by {b} children. How much does each one get?",
            "A load of {a} is spread over {b} equal carts. How much is in each cart?",
        ),
    },
    "money": {
        "+": (
            "{name} has saved {a}; this month {b} are added. What are the savings now?",
            "{name} pays {a} for lunch and {b} for a drink. What is the total?",
            "A ticket costs {a} and a snack {b}. How much do they cost together?",
            "{name} earns {a} on Friday and {b} on Saturday. How much is that in all?",
            "There are {a} in the box. {b} are put in. How much money is in the box now?",
        ),
        "−": (
            "{name} goes shopping with {a} and spends {b}. What is left?",
            "{name} has {a} and buys a card for {b}. How much is left?",
            "A toy costs {a}, a book {b}. How much more does the toy cost?",
            "Of {a} in the class fund {b} are spent. What remains?",
            "{name} pays {b} of a bill of {a}. How much must still be paid?",
        ),
        "×": (
            "A class needs {a} notebooks at {b} each. How much must be paid?",
            "{name} buys {a} tickets for {b} each. What is the total price?",
            "One pen costs {b}. What do {a} pens cost?",
            "{a} friends pay {b} each. How much money is that?",
            "{name} saves {b} a week. How much is saved in {a} weeks?",
        ),
        "÷": (
            "{b} children earned {a} together and share it fairly. How much does each get?",
            "{name} pays {a} for {b} equal toys. What does one toy cost?",
            "{b} tickets cost {a} in all. What is the price of one ticket?",
            "A gift for {a} is paid by {b} friends in equal parts. How much does each one pay?",
            "{a} are divided into {b} equal prizes. How much is each prize?",
        ),
    },
}
