"""Words of the five languages that stand for one idea, so that what is learnt of one is known of all.

A word may stand for several ideas in a row ("can't": not, can) or at once ("tarde": late, afternoon).
"""

from functools import lru_cache

_LISTED: dict[str, str] = {
    "NEG": "not no dont don't never cant can't cannot wont won't couldn't couldnt wouldn't wouldnt isn't"
    " isnt aren't arent didn't didnt doesn't doesnt haven't havent hasn't ain't aint nope nah non nunca"
    " jamas tampoco nadie nobody none ningun ninguna nicht kein keine keinen keiner nie nein nee ne n'ai"
    " n'est pas jamais nao unable without sin neither nor wasn't shouldn't nothing niemand personne",
    "CAN": "can can't cant cannot could couldn't able puedo puede pueden puedes podemos podre podra podria"
    " podrian poder pudo podremos podriamos kann konnen konnte konnten konnt peux peut pouvez pouvons"
    " pourrai pourrais pourrait puis posso pode podem podemos poderei poderia consigo consegue conseguir"
    " conseguirei unable possible posible moglich possivel da",
    "WILL": "will won't wont i'll ill we'll he'll she'll they'll gonna going voy vamos va werde wird werden"
    " vais va vou vai vamos would i'd we'd shall",
    "COME": "come comes coming came attend attending attendance be there make go going bring bringing ir ire"
    " iremos iria vaya asistir asistire asisto asistiremos acudir llegar venir vengo vendre viens viendrai"
    " viendra vient viendrons venons komme kommen kommt dabei erscheinen comparecer irei estarei estaremos"
    " estare estaremos estara serai sera serons presente show drop dropping",
    "CANCEL": "cancel cancels cancelled canceled cancelling canceling cancellation cxl cancela cancele"
    " cancelen cancelar cancelo cancelado cancelada cancelemos cancelela anular anule anulo anulen annuler"
    " annulez annule absagen absage stornieren storniere desmarcar desmarque desmarca desmarcado cancelei"
    " scrap void withdraw drop release cancle cancell canel",
    "MOVE": "reschedule rescheduling rescheduled resched move moving moved change changing changed push"
    " pushing postpone delay bump swap switch shift rebook rearrange reschedual cambiar cambio cambie"
    " cambiarla cambiarlo cambiela mover mueva moverla reprogramar reprograme reprogramen reagendar reagende"
    " posponer posponga aplazar adelantar recorrer reporter reportez decaler deplacer changer modifier"
    " avancer repousser verschieben verlegen umbuchen umlegen andern verschiebung remarcar remarque remarca"
    " mudar mude trocar alterar adiar transferir reporte decale",
    "OTHER": "another other different else others otro otra otros otras autre autres anderer anderen andere"
    " anderes outro outra outros outras neuer neuen nouveau new nueva nuevo instead stattdessen",
    "SLOT": "time times day days date dates slot slots hour opening openings availability hora horas dia"
    " dias fecha fechas horario horarios espacio lugar heure heures jour jours horaire horaires creneau date"
    " zeit uhrzeit tag tage data datas vaga disponible disponibles disponibilidad dispo frei",
    "DAYS": "xday today tomorrow tmrw tmr tonight week weekend month monday hoy manana semana mes heute"
    " morgen woche monat demain aujourd'hui semaine mois hoje amanha mes xmonth morning afternoon evening"
    " noon matin soir nachmittag vormittag",
    "LATER": "later earlier sooner after before earliest early tarde temprano antes despues plus tot tard"
    " spater fruher nach vor cedo depois apres avant lieber plutot prefer prefiero prefere mejor better"
    " melhor besser rather prefere preferable",
    "LATE": "late behind delayed delay minutes mins min tarde retrasado retrasada retraso atrasado atrasada"
    " demorado demorada tardar demoro retard spat verspate verspatung verspatet zu atraso atrasar minutos"
    " minuten later held stuck",
    "TRAFFIC": "traffic accident train bus parking stuck uber lyft trafico atorado atascado atasco camion"
    " metro embouteillage bouchons embouteillages stau zug bahn verkehr parkplatz transito engarrafamento"
    " onibus trem estacionamiento parqueo",
    "STOP": "stop stopp quit cease unsubscribe unsub opt optout remove delete erase discontinue end halt"
    " parar pare paren parem basta alto detener detengan dejen deje deja dejenme baja borren borre borrar"
    " eliminen elimine quiten quite quitenme saquenme arretez arrete cessez desabonner desabonnez"
    " desinscription supprimez retirez aufhoren horen hort abmelden loschen entfernen austragen remova"
    " removam tire tirem tira exclua apague descadastrar chega sair stoppen block blocked blocking revoke"
    " bother bothering spamming harassing leave alone lose",
    "TEXT": "text texts texting texted txt txting message messages messaging msg msgs sms contact contacting"
    " reminders alerts notifications list mensaje mensajes texto textos escriban escriba escribir manden"
    " mande mandar envien envie enviar lista nachricht nachrichten schreiben schreibt schicken liste"
    " messages ecrire ecrivez envoyer contacter mensagem mensagens textear suscripcion subscription spam",
    "NUMBER": "number num # phone cell cellphone mobile nbr numero telefono celular nummer handy telephone"
    " telefone contato",
    "WRONG": "wrong incorrect equivocado equivocada equivoco equivocaron equivocaste mistake mistaken"
    " misdialed falsche falsch verwahlt irrtum mauvais faux trompez trompe erreur errado errada errou engano"
    " belongs erroneo confundio reached",
    "WHO": "who whom who's whos quien quienes qui wer wem wen quem",
    "WHAT": "what whats what's which wat que cual cuales quel quelle quels quelles quoi was welche welcher"
    " welchen qual quais",
    "WHERE": "where wheres where's address location directions donde direccion ubicacion ou adresse wo onde"
    " endereco",
    "WHENQ": "when whens when's cuando quand wann quando",
    "HOW": "how como comment wie cuanto cuanta cuantos combien quanto quantos price cost costs precio costo"
    " cuesta prix preis preco valor kostet custa much long",
    "WHY": "why por porque pourquoi warum",
    "QVERB": "do does did is are am was were should may tengo debo tiene tienen hay necesito est-ce avez"
    " faut dois muss haben gibt tem preciso posso",
    "BRING": "bring fast fasting eat drink insurance parking park pay card copay referral wear cost kids"
    " llevar ayunas comer seguro estacionamiento pagar tarjeta documentos apporter jeun manger mutuelle"
    " mitbringen nuchtern essen parken versicherung levar jejum convenio cartao",
    "YES": "yes yeah yep yup ya yea ye y yess si sip claro oui ouais ja jo jep sim ok okay okey k kk sure"
    " vale definitely absolutely certainly klar gerne certo beleza correct affirmative exactly right exacto"
    " correcto genau",
    "GOOD": "good great perfect fine works work awesome excellent sounds cool nice lovely wonderful"
    " brilliant amazing fantastic bien bueno buena perfecto genial excelente parfait bon super geht passt"
    " klappt gut prima perfekt bom otimo perfeito tudo funciona sirve queda convient marche listo",
    "CONFIRM": "confirm confirmed confirming confirms confirmo confirmado confirmada confirmar confirmamos"
    " confirmez confirme bestatige bestatigt bestatigen confirmation",
    "APPT": "appointment appointments appt appts apt reservation booking visit table cita citas consulta"
    " consultas rdv rendez-vous rendez vous termin termine reserva turno session viewing interview haircut"
    " cleaning checkup",
    "WANT": "need needs want wants wanted like wish necesito necesita quiero quisiera deseo gustaria"
    " nesesito tengo souhaite voudrais veux aimerais besoin brauche mochte will wunsche hatte preciso quero"
    " gostaria queria desejo have gotta",
    "THANK": "thank thanks thx ty tysm thnx appreciate appreciated grateful thankful gracias grasias"
    " agradezco agradecida agradecido merci danke dankeschon dank obrigado obrigada obg valeu cheers kind"
    " helpful amable",
    "SORRY": "sorry apologies apologize unfortunately afraid sadly perdon disculpe disculpa disculpen siento"
    " lamentablemente desafortunadamente desole desolee malheureusement leider entschuldigung desculpe"
    " desculpa infelizmente",
    "PLEASE": "please pls plz kindly favor porfa porfavor svp bitte",
    "HELLO": "hi hello hey hola buenos buenas dias bonjour bonsoir salut hallo guten tag moin oi ola bom boa"
    " dia tarde morning",
    "MAYBE": "maybe might perhaps possibly probably unsure sure depends dunno idk hopefully hope try"
    " tentative quizas quiza talvez vez acaso probablemente posiblemente depende ojala peut-etre depend"
    " vielleicht eventuell wahrscheinlich hoffe provavelmente tomara guess undecided",
    "KNOW": "know knows idea clue decide decided se sais sabe seguro segura sei weiss weiß ahnung sicher sur"
    " certain certeza understand entiendo comprends verstehe entendi",
    "CHECK": "check checking see ask think let verify look ver veo checar revisar preguntar pensar aviso"
    " avisar regarde verifie verifier demander schauen nachsehen fragen melde bescheid verificar perguntar"
    " aviso",
    "CALL": "call calls calling called phone talk speak ring llamar llame llamen llamame llameme llama"
    " llaman llamo marque hablar appelez rappelez appeler appelle parler anrufen ruckruf rufe rufen sprechen"
    " ligar ligue liga ligo falar callback",
    "HERE": "here arrived outside lobby parked waiting aqui afuera llegue llegamos sala ici arrive arrivee"
    " hier angekommen wartezimmer cheguei recepcao recepcion inside",
    "WAY": "omw otw way leaving heading headed camino saliendo route pars unterwegs weg caminho indo",
    "SICK": "sick ill covid flu fever hospital surgery funeral emergency enfermo enferma fiebre malade krank"
    " doente hospitalizado broke babysitter sitter childcare imprevisto empechement verhindert dazwischen"
    " unwell",
    "WORK": "work working job boss meeting trabajo trabajar trabajando jefe junta travail travaille arbeit"
    " arbeiten trabalho trabalhar reuniao vacation town traveling viaje fuera urlaub viajando away holiday",
    "ALREADY": "already ya deja schon bereits ja found encontre fui went done had hice",
    "STILL": "still yet todavia aun encore toujours noch ainda keep mantener mantengo garde behalten manter",
    "LONGER": "anymore longer more mas mehr mais nomore",
    "KIN": "mom mother dad father son daughter husband wife kid kids he she him her they his hijo hija hijos"
    " mama papa esposo esposa el ella mari femme fils fille mere pere sohn tochter mutter vater mann frau er"
    " sie filho filha mae pai marido esposa ele ela grandma",
    "ME": "i i'm im i'll me my mine myself yo mi mis me je j'ai moi mon ich mir mich mein meine eu meu minha"
    " we us our",
    "AMNOT": "isn't isnt aint ain't soy suis bin sou this am i'm im",
    "NAMED": "named name person someone anyone somebody nombre persona alguien person namen pessoa nome"
    " personne patient paciente",
    "KNOWING": "conozco conoce connais kenne conheco heard",
}


@lru_cache(maxsize=1)
def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for concept, listed in _LISTED.items():
        for word in dict.fromkeys(listed.split()):
            found.setdefault(word, []).append(concept)
    return {word: tuple(dict.fromkeys(concepts)) for word, concepts in found.items()}


def concepts_of(word: str) -> tuple[str, ...]:
    """The ideas a plain word stands for, none where it is not listed."""
    return _by_word().get(word, ())
