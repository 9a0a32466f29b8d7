"""The names of days, months and parts of the day in the plans' languages, in plain form."""

WEEKDAYS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "monday mon lunes lundi montag segunda",
            "tuesday tue tues martes mardi dienstag terca",
            "wednesday wed weds miercoles mercredi mittwoch quarta",
            "thursday thu thur thurs jueves jeudi donnerstag quinta",
            "friday fri viernes vendredi freitag sexta",
            "saturday sat sabado samedi samstag sonnabend",
            "sunday sun domingo dimanche sonntag",
        )
    )
    for name in names.split()
}

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene janvier januar janeiro",
            "february feb febrero fevrier februar fevereiro",
            "march mar marzo mars marz maerz marco",
            "april apr abril abr avril",
            "may mayo mai maio",
            "june jun junio juin juni junho",
            "july jul julio juillet juli julho",
            "august aug agosto ago aout",
            "september sep sept septiembre setiembre septembre setembro",
            "october oct octubre octobre oktober okt outubro out",
            "november nov noviembre novembre novembro",
            "december dec diciembre dic decembre dezember dez dezembro",
        ),
        start=1,
    )
    for name in names.split()
}

# Short names that are everyday words too ("mar", "may", "out", "sun"): a month or day only beside a number.
AMBIGUOUS = frozenset({"may", "mar", "out", "sun", "sat", "ago", "segunda", "quarta", "quinta", "sexta", "mai"})

TODAY = frozenset({"today", "tonight", "hoy", "heute", "hoje", "aujourd'hui", "aujourdhui", "2day"})
TOMORROW = frozenset(
    {"tomorrow", "tmrw", "tmr", "tomorow", "tommorow", "tommorrow", "tomorro", "tmw", "2moro", "2morrow"}
    | {"manana", "demain", "morgen", "amanha"}
)
