"""Keys of satellites and cards that the physics under test does not read, so that models may be built."""

OUTLAY = {"price": "4000 USD/kg", "carbon": "75 kg/kg"}

CARD_APART = {
    "upsets": "0.001 / d", "link": "200 Gbit/s", "n_per_node": 8, "network": "100 Gbit/s",
    "price": "20000 USD", "carbon": "300 kg",
}  # fmt: skip
